"""Tells company logos from other icons: they are searchable but nothing is trained on them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_BRAND_CHARMAP = "fontawesome6-brands-webfont-charmap-6.7.2.json"
# Names in the font of logos that are also ordinary words.
_ORDINARY = """
accessible-icon angular bluetooth bluetooth-b bots brands buffer centos chromecast cloudscale codepen
creative-commons delicious deploydog draft2digital edge elementor ember empire fantasy-flight-games
figma first-order first-order-alt flipboard fly fort-awesome galactic-republic galactic-senate gg gofore
guilded hashnode hive hooli hornbill itch-io jedi-order keybase leanpub less magento mastodon meta mix
monero node old old-republic opera orcid osi page4 pix pushed rebel redhat renren safari sass screenpal
sellcast shirtsinbulk sith slack space-awesome square-font-awesome stubber studiovinari superpowers
swift symfony themeisle uncharted unity unsplash untappd usb vine viruscovid weebly wodu x
"""
# First words that only a company's name starts with.
_COMPANIES = """
adobe airbnb alipay amazon android angular angularjs ansible apache apple arch artstation atlassian aws
azure baidu bandcamp behance bilibili bing bitbucket bitcoin blackberry blender blogger bootstrap centos
chrome codepen coinbase coolapk css3 debian deezer deviantart digg dingding discord disqus docker
dogecoin douban dribbble dropbox drupal edge electron ethereum evernote facebook fedora figma firefox
flickr foursquare freebsd gatsby gentoo github gitlab gmail google grav hackernews hulu humble icq
instagram invision jabber java javascript jira joomla jquery kakao kickstarter kodi kubernetes laravel
lastfm line-messenger linkedin linode linux litecoin lumx mailchimp mastodon medium messenger meteor
microsoft minecraft mini-program mixcloud netease netflix nintendo nodejs npm nuxt nvidia oculus office
onedrive openid opera origin outlook patreon paypal picasa pinterest playstation plex pocket-casts
polymer powershell qq qqchat quora raspberry rdio react readme reddit redhat remixicon rss-feed
salesforce sina skype slack snapchat soundcloud spotify stackoverflow stackshare steam stripe
stumbleupon switch-nintendo symfony tableau taobao telegram tiktok torrents trello tumblr twitch twitter
typo3 ubuntu umbraco unreal unsplash vimeo visa visualstudio vk vsco vuejs vuetify webpack wechat weibo
whatsapp wikipedia wordpress xbox xing yahoo yammer ycombinator youtube zcool zhihu
"""


def brand_names(directory: Path) -> frozenset[str]:
    """Return the names in the bundled font of logos that are not ordinary words too."""
    names = json.loads((directory / _BRAND_CHARMAP).read_text(encoding="utf-8"))
    return frozenset(names) - frozenset(_ORDINARY.split())


def is_brand(concept: str, brands: frozenset[str]) -> bool:
    """Tell whether a concept is a company's or product's logo."""
    words = concept.split("-")
    return concept in brands or "logo" in words or words[0] in _COMPANIES.split()
