"""Pages of questions in the stewards' admin site."""
