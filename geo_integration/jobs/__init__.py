"""The jobs end to end, as the command line and the service both call them: import, reach, gaps, demo."""
