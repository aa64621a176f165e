"""The legacy stack (bw2data 3): it imports our workbooks, too."""
