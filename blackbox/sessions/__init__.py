"""Ask and tell: one search whose points somebody else tries, in a laboratory or by hand."""
