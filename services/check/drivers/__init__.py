"""Scripts that run samples in processes of their own. Each is given files, and prints what the code in the last one prints."""
