"""Who is the same child: exact identifiers link, everything else is for a person to decide. Pure."""
