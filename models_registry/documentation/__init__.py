"""Models described for people: as Markdown, HTML and PDF, one by one and as a site."""
