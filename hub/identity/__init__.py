"""Who is the same child: exact identifiers link; names make a proposal at most, and a person decides. Pure."""
