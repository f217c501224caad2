"""English, as far as questions about numbers need it: words, numbers, times. Pure."""
