"""Impact assessment: scores, contributions, uncertainty."""
