"""An authority's webhook that takes everything: a process of its own, so that it can be stopped as a server is.

It prints its address, then answers every request with 204; the least that an HTTP/1.1 server does.
"""

import asyncio

ANSWER = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"


async def serve() -> None:
    """Serve on a free port until killed."""
    server = await asyncio.start_server(_answer, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201 - its one line
    await server.serve_forever()


async def _answer(source: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await source.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").lower().split("\r\n")
            length = next((line.partition(":")[2] for line in lines if line.startswith("content-length:")), "0")
            await source.readexactly(int(length))
            back.write(ANSWER)
            await back.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        back.close()


if __name__ == "__main__":
    asyncio.run(serve())
