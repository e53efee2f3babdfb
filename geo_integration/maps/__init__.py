"""Maps as one self-contained page: no tile, script, font or image is ever fetched."""

from geo_integration.maps.gaps import gaps_map, write_map

__all__ = ["gaps_map", "write_map"]
