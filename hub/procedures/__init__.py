"""DATA: each written procedure as rules, the disclosure table, and the loader that reads them as one book."""

from hub.procedures.loading import load_book

__all__ = ["load_book"]
