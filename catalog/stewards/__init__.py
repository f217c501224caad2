"""Pages of the admin site that turn tables into models."""
