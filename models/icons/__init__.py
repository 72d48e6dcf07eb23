"""The open-source icons that the demo collection is made of and the default generator learned from."""

from models.icons.fonts import FAMILIES, Icon, load_icons
from models.icons.render import render_mask, render_picture

__all__ = ["FAMILIES", "Icon", "load_icons", "render_mask", "render_picture"]
