from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from my_server.errors import describe


class Arguments(BaseModel):
    model_config = ConfigDict(strict=True)

    text: str = ""
    number: int = 0
    parts: list[str] = []
    style: Literal["brief", "long"] = "brief"


@pytest.mark.parametrize(
    ("arguments", "explanation"),
    [
        ({"text": None}, "`text`: invalid type: null, expected a string"),
        ({"text": True}, "`text`: invalid type: boolean `true`, expected a string"),
        ({"number": "5"}, '`number`: invalid type: string "5", expected an integer'),
        ({"number": 1.5}, "`number`: invalid type: floating point `1.5`, expected an integer"),
        ({"parts": {}}, "`parts`: invalid type: map, expected a sequence"),
        ({"parts": ["a", 5]}, "`parts[1]`: invalid type: integer `5`, expected a string"),
        ({"style": "rude"}, "`style`: unknown variant `rude`, expected `brief` or `long`"),
        ({"style": []}, "`style`: invalid type: sequence, expected a string"),
    ],
)
def test_a_mistake_in_an_argument_is_explained(
    arguments: dict[str, object], explanation: str
) -> None:
    with pytest.raises(ValidationError) as error:
        Arguments.model_validate(arguments)
    assert describe(error.value.errors()[0]) == f"invalid argument {explanation}"
