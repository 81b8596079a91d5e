"""Administrative procedures: dossiers, procedures and ratings of the one-stop system."""
