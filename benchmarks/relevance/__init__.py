"""How good the answers are: this project beside other engines, on judged queries of the site and of collections."""
