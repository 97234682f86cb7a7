"""Old photos: their tones measured and corrected, and what of their damage is filled and what is only lightened."""
