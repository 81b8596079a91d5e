"""One module per kind of file; each turns papers into the bytes of a file."""
