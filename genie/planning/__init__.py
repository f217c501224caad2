"""Question -> metric query, over the semantic graph as the caller may see it. Pure: what values a
dimension has and where data ends is asked of a port.
"""
