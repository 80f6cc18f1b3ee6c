"""Scripts that run samples in processes of their own: each is given files, and prints what the last one prints."""
