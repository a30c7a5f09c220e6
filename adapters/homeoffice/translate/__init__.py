"""Pure translation, both ways, between `homeoffice-missing-notification` and the canonical model."""
