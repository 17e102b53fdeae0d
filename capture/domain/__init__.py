"""What protocol messages mean for orders: the business of two exchanges, without their bytes."""
