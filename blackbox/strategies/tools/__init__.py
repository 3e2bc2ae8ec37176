"""What strategies share: steps, slopes, fences around libraries."""
