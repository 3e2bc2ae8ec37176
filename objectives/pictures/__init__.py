"""What can be asked of pictures of digits, for any family of pictures that has the parts for it."""
