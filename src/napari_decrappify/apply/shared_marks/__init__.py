"""A mark that many pictures share, solved by what is the same in all of them, without a net; and the file it is in."""
