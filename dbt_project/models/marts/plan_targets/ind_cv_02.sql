{{ indicator_mart('CV-02', headline='standard_met') }}
