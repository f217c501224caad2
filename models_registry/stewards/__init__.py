"""The registry's pages in the admin site: thin views over the services that the API calls too."""
