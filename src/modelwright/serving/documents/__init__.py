"""What a served model says of itself: OpenAPI, Swagger, an example to try, and the page to try it on."""
