"""What forces write and read: the profiles `police-missing-report` v1 (in) and `police-notification` v1 (out)."""
