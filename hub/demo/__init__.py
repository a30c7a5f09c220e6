"""The demo: the hub, every partner's simulator and the NHS MESH sandbox on this machine, playing the three stories."""

from hub.demo.playing import play

__all__ = ["play"]
