"""Handlers: what HTTP requests and WebSocket commands ask of alerts, orders and thresholds."""
