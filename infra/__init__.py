"""What runs this project where it is developed; nothing here goes to AWS but the machines."""
