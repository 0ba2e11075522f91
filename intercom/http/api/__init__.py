"""`/api/v1`: a topic a file. Every route states its answer's model; the API's document is made of them."""
