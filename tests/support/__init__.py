"""What tests share: plates to make, interpreters to find."""
