"""`/api/v1`: a topic a file. Every route states the model of its answer: the API's document is made of it."""
