"""What the pictures show: places, chronology, network and counts, each of the answer to a published question.

A picture is a drawing and its table twin, made of the same rows, so that neither says what the other does not; the
question's address gives the rows to programs. How shapes are drawn is `drawing`'s, how pages look is `web`'s.
"""
