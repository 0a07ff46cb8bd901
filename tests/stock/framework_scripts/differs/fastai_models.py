DIFFERS = {
    "not a learner": "an InvalidArgument that says what was given, in place of the first attribute that is missing"
}
