"""Golden questions: what the planner should make of them, and how well it does."""
