"""Shanghai's credit tags: whether an order on a credit account opens or closes a position."""

from riskgw.kernel.words import Offset, Side

# RZ margin buying and selling to repay it, RQ short selling and buying to return it, PC forced
# closing (IS101 ordwth.owflag, IS122 appendix 6). XY, trading of collateral, is neither.
OFFSETS = {
    ("RZ", Side.BUY): Offset.OPEN,
    ("RZ", Side.SELL): Offset.CLOSE,
    ("RQ", Side.SELL): Offset.OPEN,
    ("RQ", Side.BUY): Offset.CLOSE,
    ("PC", Side.BUY): Offset.CLOSE,
    ("PC", Side.SELL): Offset.CLOSE,
}
