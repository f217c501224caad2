"""The pages of questions and answers in the admin site: dashboard, explorer, metrics."""
