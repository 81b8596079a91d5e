"""A local mail catcher: what would have been sent lies in a folder."""
