"""Reference data of the United Kingdom: local authorities, police force areas, integrated care boards, by date."""
