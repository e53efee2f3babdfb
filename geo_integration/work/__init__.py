"""Long work, outside any request: processes, the queue's runner, staged imports, the published public results."""
