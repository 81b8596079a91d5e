"""One module per kind of file; each turns filled-in sheets into the bytes of a file."""
