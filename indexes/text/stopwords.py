"""Lists the words that say nothing in a query that has others: English and Chinese."""

from __future__ import annotations

ENGLISH = """
    a about above after again against all also am an and any are as at be because been before being
    below between both but by can cannot could did do does doing down during each either else few for
    from further had has have having he her here hers him his how however i if in into is it its
    itself just may me might more most must my no nor not now of off on once one only or other our out
    over own per shall she should since so some such than that the their them then there these they
    this those through thus to too under until up upon us used using very via was we well were what
    when where whether which while who whom whose why will with within without would you your
"""
CHINESE = """
    的 了 是 在 有 和 与 及 或 也 都 而 就 被 把 对 为 以 于 从 到 由 之 其 此 这 那 个 该 等 着 过 地 得
    吗 呢 吧 啊 什么 哪 哪个 哪些 哪里 哪年 哪种 谁 怎么 怎样 如何 为什么 多少 几 何时 何 请问
"""
STOP_WORDS = frozenset((ENGLISH + CHINESE).split())
