{{ indicator_mart('CV-01', headline='approved_in_force') }}
