"""The bus between processes: streams that carry data, channels that carry what is live."""
