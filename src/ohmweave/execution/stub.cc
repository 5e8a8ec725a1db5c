namespace ohmweave {}
