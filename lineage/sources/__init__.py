"""What says where data comes from: the warehouse, the registry, people's queries."""
