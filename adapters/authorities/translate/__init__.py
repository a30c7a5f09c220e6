"""Pure translation, both ways, between `authority-message` and the canonical model; and the webhook's signature."""
