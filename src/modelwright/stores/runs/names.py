"""Made-up run names: an adjective, a noun and a number."""

from __future__ import annotations

import os

_ADJECTIVES = (
    "able agile amber ample apt arch azure balmy bold brave breezy bright brisk calm candid chief civil classic clear "
    "clever cosy crisp curious daring dapper deft dusky eager early earnest easy even fair fancy fast fine firm fleet "
    "fluent fond frank free fresh gentle glad golden good grand happy hardy hasty humble ideal jolly keen kind late "
    "lean level light lively loyal lucid lucky mellow merry mild modest neat nimble noble olive open patient plucky "
    "polite proud pure quick quiet rapid rare ready rosy royal rustic salty sharp shiny silent silver simple sleek "
    "smart smooth snug sober solid spry steady still stout sunny sure swift tame tidy tranquil trim true upbeat "
    "valiant vivid warm wary wise witty young zesty"
)
_NOUNS = (
    "acorn anchor arrow aspen badger basin beacon bison bobcat bramble breeze brook cedar cliff clover comet condor "
    "coral cove crane creek cricket delta dune eagle egret ember falcon fern finch fjord forest fox gale gecko geyser "
    "glade glen grove gull harbor hare hawk hazel heron hill ibis island ivy jackal jay kestrel kite lagoon lake lark "
    "larch lemur lily lynx magpie maple marlin marten meadow mesa mink moose moss newt oak oasis orca osprey otter "
    "owl panda peak pebble pelican pine plover pond poplar puffin quail raven reef ridge river robin sail salmon seal "
    "shore shrew sparrow spruce stork stream summit swan tern thicket thrush tide toad trout tundra valley viper vole "
    "walrus wave weasel willow wolf wren yak"
)


def made_up() -> str:
    """Such as "brisk-otter-482"."""
    dice = int.from_bytes(os.urandom(8), "big")
    words = []
    for text in (_ADJECTIVES, _NOUNS):
        choice = text.split(" ")
        dice, at = divmod(dice, len(choice))
        words.append(choice[at])
    return f"{'-'.join(words)}-{dice % 1000}"
