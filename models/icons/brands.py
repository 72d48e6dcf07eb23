"""Tells company logos from other icons: they are searchable but nothing is trained on them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_BRAND_CHARMAP = "fontawesome6-brands-webfont-charmap-6.7.2.json"
# Names in the font of logos that are also ordinary words.
_ORDINARY = frozenset(
    "bots brands buffer chromecast codepen delicious deploydog draft2digital edge elementor ember figma "
    "flipboard fly gg gofore hashnode hive hooli hornbill itch-io keybase leanpub less magento mastodon "
    "mix node old opera orcid pix pushed rebel redhat renren safari sass screenpal sellcast shirtsinbulk "
    "sith slack square-font-awesome studiovinari superpowers symfony untappd usb vine viruscovid weebly "
    "cloudscale centos creative-commons bluetooth bluetooth-b accessible-icon angular fantasy-flight-games "
    "galactic-republic galactic-senate jedi-order empire first-order first-order-alt old-republic osi "
    "fort-awesome guilded meta page4 themeisle unity unsplash "
    "space-awesome stubber swift uncharted unity wodu x monero".split()
)
# First words that only a company's name starts with.
_COMPANIES = frozenset(
    "adobe airbnb alipay amazon android angular angularjs ansible apache apple arch artstation atlassian aws "
    "azure baidu bandcamp behance bilibili bing bitbucket bitcoin blackberry blender blogger bootstrap "
    "centos chrome codepen coinbase coolapk css3 debian deezer deviantart digg dingding discord disqus docker "
    "dogecoin douban dribbble dropbox drupal edge electron ethereum evernote facebook fedora figma firefox "
    "flickr foursquare freebsd gatsby gentoo github gitlab gmail google grav hackernews hulu humble icq "
    "instagram invision jabber java javascript jira joomla jquery kakao kickstarter kodi kubernetes lastfm "
    "laravel line-messenger linkedin linode linux litecoin lumx mailchimp mastodon medium meteor "
    "messenger microsoft mini-program minecraft mixcloud netease netflix nintendo nodejs npm nuxt "
    "nvidia office onedrive openid opera origin outlook oculus patreon paypal picasa pinterest plex playstation "
    "pocket-casts polymer powershell qqchat qq quora react raspberry readme redhat reddit remixicon rdio rss-feed "
    "salesforce sina skype slack snapchat soundcloud spotify stackoverflow stackshare steam stripe stumbleupon "
    "switch-nintendo symfony taobao tableau telegram tiktok torrents trello tumblr twitch twitter typo3 "
    "ubuntu umbraco unreal unsplash vimeo visa visualstudio vk vsco vuejs vuetify webpack wechat weibo whatsapp "
    "wikipedia wordpress xbox xing yahoo yammer youtube ycombinator zcool zhihu".split()
)


def brand_names(directory: Path) -> frozenset[str]:
    """Return the names in the bundled font of logos that are not ordinary words too."""
    names = json.loads((directory / _BRAND_CHARMAP).read_text(encoding="utf-8"))
    return frozenset(names) - _ORDINARY


def is_brand(concept: str, brands: frozenset[str]) -> bool:
    """Tell whether a concept is a company's or product's logo."""
    words = concept.split("-")
    return concept in brands or "logo" in words or words[0] in _COMPANIES
