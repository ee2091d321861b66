"""What each function calls of AWS, held against what its role allows."""
